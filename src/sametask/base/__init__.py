"""What all packages use: errors, random numbers, references, progress, relations."""
