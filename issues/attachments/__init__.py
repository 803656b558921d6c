"""Files that people add to an issue: judged by content, drawn anew where they are pictures, kept where no web server
looks. Sizes and numbers are settings of the installation (config/settings/base.py): what a disk holds and a line
carries is for those who run it to say, and no decision of the bureau depends on it.
"""
