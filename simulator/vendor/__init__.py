"""The vendor: accounts, the identity provider, the API, and the faults that tests can inject."""
