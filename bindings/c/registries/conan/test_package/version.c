#include <stdio.h>
#include <string.h>

#include <snapline.h>

int main(void)
{
    printf("snapline %s\n", snapline_version());
    return strcmp(snapline_version(), SNAPLINE_VERSION) != 0;
}
