"""`cellbridge page`: sessions in a browser.

Owns the web server, which browsers are admitted, and the life of its process. The handlers of the
language server answer the requests, with a browser in place of an editor. Only `cellbridge page`
loads this package.
"""
