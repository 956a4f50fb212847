"""The cars: what they are, what they report, how they charge, drive and sleep, and what people do to them."""
