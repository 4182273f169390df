// epoll, which Swift's own Glibc module leaves out.
#include <sys/epoll.h>
