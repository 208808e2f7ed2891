"""What everything stands on: errors, random numbers, references, progress, relations."""
