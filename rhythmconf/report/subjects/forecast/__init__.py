"""Write a forecast of people and money: as text, Markdown and one HTML page. Its JSON is that of the value itself."""
