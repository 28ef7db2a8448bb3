"""What cleaning and the match key share: letters, folding with offset maps, digits, words."""
