"""How the embedded model is made: generators, mixture, tokenizer, training, evaluation, export."""
