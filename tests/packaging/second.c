/* Stands beside consumer.c: before that begins, a second static library made by Rust is used as well. */

#include <stdio.h>
#include <stdlib.h>

int second_sum(int count);

__attribute__((constructor)) static void use_the_second(void)
{
    if (second_sum(4) != 10 || second_sum(-1) != -1) {
        fprintf(stderr, "the second library does not work\n");
        exit(1);
    }
}
