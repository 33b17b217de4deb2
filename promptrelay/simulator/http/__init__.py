"""The stand-in's web application: who may call, what goes wrong on the way, the admin's door."""
