"""Networks of speech of ``transformers`` that are trained here."""
