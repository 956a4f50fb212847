"""The vendor's end-user web API, as its contract documents it. Knows nothing of Home Assistant."""
