"""Endpoints: OpenAI-compatible servers, litellm, vLLM, llama.cpp, scripts, recordings and cassettes."""
