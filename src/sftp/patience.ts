/** How many times the usual time a server may take to sync: minutes for a large file on a slow disk. */
export const syncPatience = 10
