"""Sessions: the host process that owns a kernel, its wire protocol, its client and its store."""
