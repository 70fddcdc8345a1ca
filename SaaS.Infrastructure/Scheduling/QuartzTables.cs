namespace SaaS.Infrastructure.Scheduling;

/// <summary>
/// The tables of the job store, for the migration of the control database. Never change this script; another version of Quartz needs its
/// own script and migration.
/// </summary>
public static class QuartzTables
{
    public static string Create
    {
        get
        {
            using var script = typeof(QuartzTables).Assembly.GetManifestResourceStream("quartz-4.7.3.sql")!;
            return new StreamReader(script).ReadToEnd();
        }
    }
}
