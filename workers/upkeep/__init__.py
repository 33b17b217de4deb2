"""What has to be done now and then, one worker at a time: balance, lists of models, segments."""
