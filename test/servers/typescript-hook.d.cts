export declare function registerTypeScript(): () => void;
