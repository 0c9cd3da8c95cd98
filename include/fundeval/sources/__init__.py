"""Reading what offices send: one declared contract per kind of file, nothing by position, nothing lost."""
