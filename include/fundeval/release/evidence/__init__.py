"""What every published figure rests on: a public half in the release, a private half beside the releases."""
