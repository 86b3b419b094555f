"""The mail of the desk: letters to post, letters that came on paper, letters that found nothing to do."""
