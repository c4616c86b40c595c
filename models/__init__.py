"""Who speaks: hosted APIs through litellm, local servers, the embedded model, scripted and recorded models."""
