"""What all other rooms use: time, background tasks, certificates, TLS, the journal, the vendor's words."""
