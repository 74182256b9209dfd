"""The evidence of an account, as a document with proofs and on paper."""
