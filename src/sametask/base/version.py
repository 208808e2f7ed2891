"""The version of the library, kept here because some jobs run it without installing it."""

VERSION = "0.1.0"
