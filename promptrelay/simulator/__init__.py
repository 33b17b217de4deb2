"""The provider's stand-in: serves its part of the API from memory, keeps books, and misbehaves on request.

It shares no code with the client on purpose: a stand-in that did would share its mistakes.
"""
