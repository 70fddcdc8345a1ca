namespace SaaS.AppHost.Embedded;

internal static class Program
{
    private static void Main()
    {
    }
}
