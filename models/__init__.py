"""Who speaks: hosted APIs through litellm, local servers, the embedded model, scripts and recordings."""
