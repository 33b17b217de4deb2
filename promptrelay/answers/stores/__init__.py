"""The adapters: local disk and the object stores."""
