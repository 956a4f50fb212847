"""The vendor's end-user web API (docs/vendor-api.md). Nothing here imports Home Assistant."""
