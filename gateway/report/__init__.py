"""What a run says to a person: the terminal's ending and one offline HTML file."""
