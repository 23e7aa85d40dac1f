"""The public contract: form fields, error strings, response bodies. Nothing else knows them."""
