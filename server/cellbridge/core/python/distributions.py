"""The distributions that modules come from, for those with different names.

Owns the table, and the reading of Python's own words about a missing module. It must not know
whether either is installed. The table holds the modules imported most; a name that is not in it is
taken for its distribution's own.
"""

from __future__ import annotations

import re

_MISSING = re.compile(r"No module named '?([A-Za-z_]\w*(?:\.\w+)*)'?")

_TABLE = """
attr attrs   Bio biopython   bs4 beautifulsoup4   cairo pycairo   can python-can
chess python-chess   community python-louvain   Crypto pycryptodome   Cryptodome pycryptodomex
cv2 opencv-python   dateutil python-dateutil   decouple python-decouple   discord discord.py
dns dnspython   docx python-docx   dotenv python-dotenv   faiss faiss-cpu   fitz pymupdf
gi PyGObject   git gitpython   github pygithub   hydra hydra-core   IPython ipython
jose python-jose   jwt pyjwt   kafka kafka-python   ldap python-ldap   magic python-magic
memcache python-memcached   mpl_toolkits matplotlib   mysql mysql-connector-python
MySQLdb mysqlclient   nacl pynacl   OpenGL PyOpenGL   OpenSSL pyOpenSSL   osgeo gdal
past future   pcapy pcapy-ng   PIL pillow   pkg_resources setuptools   playhouse peewee
pptx python-pptx   psycopg2 psycopg2-binary   pylab matplotlib   pythoncom pywin32
pywt PyWavelets   pyximport cython   ruamel ruamel.yaml   serial pyserial   shapefile pyshp
skimage scikit-image   sklearn scikit-learn   skopt scikit-optimize   sksparse scikit-sparse
slugify python-slugify   snappy python-snappy   socks pysocks
speech_recognition SpeechRecognition   telegram python-telegram-bot   tlz toolz
umap umap-learn   usb pyusb   vlc python-vlc   websocket websocket-client   win32api pywin32
wx wxPython   Xlib python-xlib   yaml pyyaml   zmq pyzmq
"""
_WORDS = _TABLE.split()
_DISTRIBUTIONS: dict[str, str] = dict(zip(_WORDS[::2], _WORDS[1::2], strict=True))


def distribution_of(module: str) -> str:
    """Return the name under which the package with ``module`` is installed."""
    top = module.partition(".")[0]
    if module.startswith("google.cloud."):
        return "-".join(module.replace("_", "-").split(".")[:3])
    return _DISTRIBUTIONS.get(top, top.replace("_", "-"))


def missing_module(ename: str, evalue: str) -> str:
    """Return the module that an exception reports as missing; empty for any other exception."""
    if ename not in {"ModuleNotFoundError", "ImportError"}:
        return ""
    found = _MISSING.search(evalue)
    return found[1] if found else ""
