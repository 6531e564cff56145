"""What is stored, and where: the vocabulary, points, windows and the two stores."""
