"""From TL declarations to Python source: classes, decoders and encoders. Text in, text out."""
