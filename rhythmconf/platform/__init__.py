"""What Windows does differently from Linux and macOS. No other package asks which system it runs on."""
