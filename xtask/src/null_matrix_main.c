
static snapline_error *make_error(void)
{
    snapline_error *error = NULL;
    CLIENT_new(NULL, NULL, &error);
    return need(error, "snapline_error");
}

static snapline_response *make_response(void)
{
    snapline_response *response = NULL;
    CLIENT *client = NULL;
    snapline_settings *settings = good_settings();
    snapline_settings_set_base_url(settings, mock_url);
    CLIENT_new(settings, &client, NULL);
    CLIENT_request(client, "GET", "/v2/snapshots", NULL, NULL, &response, NULL);
    CLIENT_free(client);
    snapline_settings_free(settings);
    return need(response, "snapline_response");
}

int main(int count, char **arguments)
{
    unsigned functions = 0, broken = 0;
    int ends[2];
    char told_by_child = 0;
    pid_t child;
    if (count != 2) {
        fprintf(stderr, "usage: %s URL\n", arguments[0]);
        return 2;
    }
    mock_url = arguments[1];
    use_all();
    open_clients();
    fflush(stdout);
    if (pipe(ends) != 0) {
        perror("pipe");
        return 2;
    }
    child = fork();
    if (child == 0) {
        in_child = 1;
        for (const test *it = tests; it->name != NULL; it++) {
            if (it->takes_client && strstr(it->name, "_rate_limit") == NULL) {
                it->run();
            }
        }
        fflush(stdout);
        /* The status would tell of what valgrind thinks of a child without the parent's threads. */
        if (write(ends[1], failures > 0 ? "n" : "y", 1) != 1) {
            _exit(2);
        }
        _exit(0);
    }
    close(ends[1]);
    check(read(ends[0], &told_by_child, 1) == 1 && told_by_child == 'y', "fork", "a call in the child process");
    close(ends[0]);
    waitpid(child, NULL, 0);
    close_clients();
    for (const test *it = tests; it->name != NULL; it++) {
        unsigned before = failures;
        functions++;
        it->run();
        broken += failures > before;
    }
    pthread_mutex_lock(&mutex);
    for (int waits = 0; told < begun && waits < 900; waits++) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 100000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&changed, &mutex, &until);
    }
    check(begun > 0 && told == begun && told_well == told, "_async", "each call is told once, as closed");
    pthread_mutex_unlock(&mutex);
    free_clients();
    printf("%u functions, %u calls, %u told later\n", functions, calls, told);
    printf("%u passed, %u failed\n", functions - broken, failures > 0 && broken == 0 ? 1 : broken);
    return failures > 0 ? 1 : 0;
}
