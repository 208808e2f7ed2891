"""The version of the library. Jobs in environments of their own run it without installing it."""

VERSION = "0.1.0"
