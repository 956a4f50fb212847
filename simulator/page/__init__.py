"""The garage page, on which a person opens, plugs in and drives the cars."""
