"""One file a command, named as it is typed, under the headings of the help."""
