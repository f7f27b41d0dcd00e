"""Notices (通知): what one person of the brand is told has happened, in her app and, if she wishes, by message.

What is stored is the fact (`kind` and its data); the words are made when it is read, in the reader's language.
"""
