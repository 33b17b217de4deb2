"""The command `promptrelay`: reads settings and options, calls the rooms, shows what they say."""
