"""How stages combine: decoding of pictures and clips, and what is observed in them."""
