"""The nursery: entries, sentences, the formula and the commands of its clients."""
