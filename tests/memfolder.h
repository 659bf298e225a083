/* A folder in memory, where a flush costs nothing: for tests that open hundreds of stores. */
#ifndef TESTS_MEMFOLDER_H
#define TESTS_MEMFOLDER_H

/** An empty folder of this test's own, removed at exit; harness_folder() where no memory file system is.
 *  A killed process loses no more there than on a disk. */
const char *memfolder(void);

#endif
