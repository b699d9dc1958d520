"""Files made of the built files of many assets: sheets pack pictures, exports tell code about files."""
