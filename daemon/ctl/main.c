/* Placeholder until the program is composed. */
int main(void)
{
    return 64;
}
