"""From one description of the protocol and the settings to each language that needs it."""
