"""The course's own entries, one file each; `sslcourse.race.ENTRIES` finds them."""
