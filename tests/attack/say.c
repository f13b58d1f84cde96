/* SPDX-License-Identifier: Apache-2.0 */
/*
 * say listen ADDRESS PORT TEXT: tells everybody who connects. say ask ADDRESS PORT: what it is told
 * within two seconds, or fails.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	struct timeval limit = {.tv_sec = 2};
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	char text[100];
	ssize_t n;

	if (argc < 4 || fd < 0 || inet_pton(AF_INET, argv[2], &at.sin_addr) != 1)
		return 2;
	at.sin_port = htons((unsigned short)atoi(argv[3]));
	if (strcmp(argv[1], "listen")) {
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
		if (connect(fd, (struct sockaddr *)&at, sizeof(at)) ||
		    (n = read(fd, text, sizeof(text))) <= 0)
			return 1;
		return fwrite(text, 1, (size_t)n, stdout) != (size_t)n;
	}
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (argc < 5 || bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 16))
		return 2;
	for (;;) {
		int c = accept(fd, NULL, NULL);

		if (c >= 0 && send(c, argv[4], strlen(argv[4]), MSG_NOSIGNAL) < 0)
			perror("say");
		close(c);
	}
}
